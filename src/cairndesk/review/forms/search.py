"""What somebody searches for."""

from django import forms

from cairndesk.review.rules.search import MOST_LETTERS


class SearchForm(forms.Form):
    """One line; nothing of it is kept."""

    said = forms.CharField(
        label="Search for",
        max_length=MOST_LETTERS,
        help_text="A case number; a link, account, e-mail address, phone number, wallet or hash as it was told; or words of an account.",
        error_messages={"required": "Write what to search for."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
