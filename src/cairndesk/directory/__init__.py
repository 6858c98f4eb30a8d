"""Who can help, who can act, and which dated rules apply: entered and checked by the operator, never shipped as fact."""
