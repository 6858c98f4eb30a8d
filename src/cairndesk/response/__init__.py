"""Act: the plan, notices, authority packages and referrals, each approved by a person and each with an end."""
