"""Who is asking, and what they may do. Doors import it; it knows neither pages nor api."""

import warnings

from authlib.deprecate import AuthlibDeprecationWarning

# Said at every start, to people who can change nothing about it: Authlib's own client moves to another package.
warnings.filterwarnings("ignore", "The httpx module is deprecated", AuthlibDeprecationWarning)
