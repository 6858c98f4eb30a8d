"""People, organisations, roles, second factor and API keys: who may do what."""
