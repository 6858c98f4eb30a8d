"""Mail out: one message to one recipient, over TLS."""

from cairndesk.response.adapters.smtp.send import Server, send

__all__ = ["Server", "send"]
