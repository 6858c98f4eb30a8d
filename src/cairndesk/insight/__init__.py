"""Statistics that hold services and states to account; reads everything, writes nothing into cases."""
