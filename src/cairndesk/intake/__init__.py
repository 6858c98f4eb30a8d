"""A report arrives: the public portal, staff-entered calls, the machine door, and the reporter's way back."""
