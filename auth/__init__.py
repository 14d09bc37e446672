"""Who is asking, and what they may do. Doors import it; it knows neither pages nor api."""

import warnings

# Authlib announces a move to another HTTP library at every import; it is for us to follow, not for an operator to read.
warnings.filterwarnings("ignore", message="The httpx module is deprecated")
