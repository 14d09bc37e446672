"""The settings as one frozen value, and the table of them for the README. Anyone who receives a portal reads it.

Building it reads nothing from outside; `billing/settings.py` collects what it is built from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic.networks import IPvAnyNetwork
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from billing.settings_groups import (
    ApiSettings,
    CreditSettings,
    GrantSettings,
    Mode,
    RefreshSettings,
    StripeSettings,
)
from billing.settings_mail import AlertSettings, MailSettings
from billing.settings_overdraft import OverdraftSettings
from billing.settings_people import OidcSettings, OrganisationSettings, SessionSettings
from billing.settings_plans import PlanChangeSettings, SeatSettings, SubscriptionSettings
from billing.settings_trade import CatalogSettings, DummySettings, PurchaseSettings, TaxSettings
from billing.settings_values import (
    DatabaseUrl,
    FromList,
    PlainRoute,
    SettingsError,
    UpperText,
    WebAddress,
    is_loopback,
    own_port,
)

PREFIX = "SCRIP_"
SEPARATOR = "__"

Environment = Literal["development", "production"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Doors = Literal["datalayer", "dataxpipe", "doubleword"]
MenuPage = Literal["costs"]
WebhookPath = Annotated[str, Field(pattern=r"^(/[a-z0-9-]+){1,8}$")]


def _own_address(known: dict[str, Any]) -> str:
    return f"http://localhost:{known['port']}"


def _own_file(known: dict[str, Any]) -> SecretStr:
    return SecretStr(f"sqlite+pysqlite:///{known['var_dir']}/scrip.db")


def _environment(known: dict[str, Any]) -> Environment:
    """Real money, or an address others can reach, is production unless somebody says otherwise."""
    live = known["stripe"].mode == "live"
    public = known["public_url"].startswith("https://") and not is_loopback(known["public_url"])
    return "production" if live or public else "development"


class Settings(BaseSettings):
    """Everything that can be set. Built once by `load_settings`, frozen, then handed to whoever needs it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter=SEPARATOR,
        env_ignore_empty=True,
        enable_decoding=False,  # "0.5" must not pass through JSON, which would make a float of it
    )

    profile: str = Field(default="default", description="Which file of billing/profiles/ the settings start from.")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(
        default=8080, ge=1, le=65_535, description="Port to listen on; a public_url on this machine says it as well."
    )
    public_url: WebAddress = Field(
        default_factory=_own_address, description="Address people see; https unless it is this machine."
    )
    sandbox_port: int = Field(default=12_111, ge=1, le=65_535, description="Port of the sandbox, when there is no key.")
    product_name: str = Field(default="Scrip", min_length=1, max_length=60, description="Name of the portal.")
    var_dir: str = Field(default="var", min_length=1, description="Folder for everything the portal writes.")
    database_url: DatabaseUrl = Field(default_factory=_own_file, description="SQLite file or PostgreSQL address.")
    durability: Literal["full", "relaxed"] = Field(
        default="full", description="relaxed lets a power cut lose what was answered."
    )
    log_level: Annotated[LogLevel, UpperText] = Field(default="INFO", description="How much is logged.")
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], FromList] = Field(
        default=(), description="Proxies whose forwarding headers are believed: addresses or networks."
    )

    sweep_seconds: int = Field(
        default=60, ge=0, le=86_400, description="How often Stripe is asked what was missed; 0 turns it all off."
    )
    refresh: RefreshSettings = Field(default_factory=RefreshSettings)

    doors: Annotated[tuple[Doors, ...], FromList] = Field(
        default=(), description="Other systems' paths that are answered as well: datalayer, dataxpipe, doubleword."
    )
    webhook_paths: Annotated[tuple[WebhookPath, ...], FromList] = Field(
        default=(), description="Paths that take webhooks besides /webhooks/stripe."
    )
    menu: Annotated[tuple[MenuPage, ...], FromList] = Field(
        default=(), description="Pages that stand in the menu besides the usual ones: costs."
    )
    checkout_route: Annotated[str, PlainRoute] = Field(
        default="", pattern=r"^[a-z0-9-]{0,40}$", description="A second name of the page where credits are bought."
    )

    stripe: StripeSettings = Field(default_factory=StripeSettings)
    purchase: PurchaseSettings = Field(default_factory=PurchaseSettings)
    tax: TaxSettings = Field(default_factory=TaxSettings)
    catalog: CatalogSettings = Field(default_factory=CatalogSettings)
    credits: CreditSettings = Field(default_factory=CreditSettings)
    overdraft: OverdraftSettings = Field(default_factory=OverdraftSettings)
    plan_change: PlanChangeSettings = Field(default_factory=PlanChangeSettings)
    subscription: SubscriptionSettings = Field(default_factory=SubscriptionSettings)
    seats: SeatSettings = Field(default_factory=SeatSettings)
    grants: GrantSettings = Field(default_factory=GrantSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    session: SessionSettings = Field(default_factory=SessionSettings)
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    organisations: OrganisationSettings = Field(default_factory=OrganisationSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    dummy: DummySettings | None = Field(default=None)

    environment: Environment = Field(
        default_factory=_environment, description="production once money or the address is real."
    )

    @model_validator(mode="before")
    @classmethod
    def _listens_where_people_look(cls, given: dict[str, Any]) -> dict[str, Any]:
        port = own_port(given.get("public_url"))
        return given if port is None or "port" in given else given | {"port": port}

    @property
    def mode(self) -> Mode:
        """sandbox, test or live, as the Stripe key says; dummy without a key but with a dummy provider."""
        return "dummy" if self.dummy is not None and self.stripe.api_key is None else self.stripe.mode

    @property
    def is_play(self) -> bool:
        """Whether neither money nor a Stripe account is involved: demo people may sign in."""
        return self.mode in ("sandbox", "dummy")

    @property
    def sells_credits(self) -> bool:
        """Whether credits are bought here at all: a portal may sell plans alone."""
        stripe, catalog = self.stripe, self.catalog
        named = stripe.product or stripe.price or stripe.lookup_keys or self.dummy is not None
        return bool(named or catalog.sold_packages or catalog.plan_files) or not catalog.plans

    @property
    def sells_packages(self) -> bool:
        """Whether there is a product for packages of credits; files of plans may have products of their own instead."""
        return bool(self.catalog.sold_packages) or (self.sells_credits and not self.catalog.plan_files)

    def assert_price_mode(self, livemode: bool) -> None:
        """Raises SettingsError when a price read from Stripe is of the other mode than the key."""
        if livemode != (self.mode == "live"):
            price = "live" if livemode else "test"
            raise SettingsError(
                f"stripe.product has {price} prices but stripe.api_key is a {self.mode} key: use one mode."
            )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the five names are pydantic-settings' own
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in: a test's Settings(...) must not depend on the shell it runs in."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of the README's table. `default` is text; a derived one reads "derived"."""

    variable: str
    kind: str
    default: str
    description: str


def settings_table() -> Iterator[SettingRow]:
    """Every setting by its environment name, in the order of the tree."""
    yield SettingRow(f"{PREFIX}CONFIG", "path", "", "YAML file with any of the settings below, nested by name.")
    for path, field in walk(Settings):
        yield SettingRow(variable(path), _kind(field), _default(field), field.description or "")


def walk(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every leaf of the tree with its path."""
    for name, field in model.model_fields.items():
        branch = _branch(field)
        if branch is None:
            yield (*above, name), field
        else:
            yield from walk(branch, (*above, name))


def variable(path: tuple[str, ...]) -> str:
    """The environment name of a path: SCRIP_STRIPE__API_KEY of ("stripe", "api_key")."""
    return PREFIX + SEPARATOR.join(path).upper()


def _branch(field: FieldInfo) -> type[BaseModel] | None:
    kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
    groups = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return groups[0] if groups and getattr(field.annotation, "__origin__", None) is not tuple else None


def _kind(field: FieldInfo) -> str:
    text = str(field.annotation)
    if "SecretStr" in text:
        return "list of secrets" if "tuple" in text else "secret"
    if "Literal" in text and "tuple" not in text:
        return text[text.index("Literal[") + 8 : -1].replace("'", "").replace(", ", " or ")
    if "tuple" in text:
        return "list"
    return {"int": "number", "bool": "yes or no", "Credits": "credits"}.get(
        getattr(field.annotation, "__name__", ""), "text"
    )


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "derived"
    if field.default is None or field.default in ((), {}) or field.is_required():
        return ""
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    return ", ".join(field.default) if isinstance(field.default, tuple) else str(field.default)
