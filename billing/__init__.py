"""What is true about money and credits. Knows neither pages nor api nor auth.

Verbs are one file per noun. They may call each other in one direction only: a file may import those after it in ORDER.
"""

ORDER = (
    "teller_process",
    "background",
    "reconcile",
    "webhooks",
    "duties",
    "subscribing",
    "cards",
    "purchases",
    "beginning",
    "cards",
    "paying",
    "subscriptions",
    "customers",
    "recording",
    "settling",
    "reverts",
    "grants",
    "usage",
    "statements",
    "accounts",
    "check",
    "portal",
    "logs",
    "settings",
    "settings_keys",
    "settings_rules",
    "settings_sources",
    "settings_names",
    "settings_form",
    "settings_groups",
    "settings_trade",
    "settings_values",
)
