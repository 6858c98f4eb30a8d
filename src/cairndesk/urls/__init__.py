"""The doors of the two sites: `portal` for the public, `desk` for staff and machines."""
