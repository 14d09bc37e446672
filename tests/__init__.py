"""Every promise of the portal, as a claim that can fail. Mirrors the rooms; `world/` holds what the tests stand on."""
