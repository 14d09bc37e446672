"""/settings/alerts: what somebody wants to be told of, section by section, and a test of the mail. app.py mounts it.

A section is saved by itself. What somebody types is never overwritten by news: who saves what others have changed
meanwhile is told so, and chooses.
"""

from __future__ import annotations

from nicegui.events import GenericEventArguments

from auth.policy import Action, Principal
from billing import alert_notices, alerts, forecasts, mail
from billing.portal import Portal
from billing.rules.alerts import AlertKind
from billing.rules.forecasts import Forecast
from billing.rules.money import Credits
from pages import notices
from pages.frame import act, screen
from pages.live import ask, follow
from pages.parts import format as written
from pages.parts.tags import Tag, button
from pages.settings import PATH, settings_frame
from pages.settings.alert_form import AlertForm
from pages.words import _, n_

PAGE = f"{PATH}/alerts"


def mount(portal: Portal) -> None:
    """Declares the page."""

    @screen(PAGE, Action.SET_ALERTS)
    async def page(principal: Principal) -> None:
        async with settings_frame(portal, principal, PAGE):
            if principal.account_id is None:
                notices.no_account(_("Alerts are about an account."))
                return
            shown = Alerts(portal, principal, principal.account_id)
            follow(portal, principal, principal.account_id, shown.show)
            await shown.show()


class Alerts:
    """The sections of one account; `show` says anew how things stand, and leaves what is typed alone."""

    def __init__(self, portal: Portal, principal: Principal, account_id: str) -> None:
        self._portal, self._principal, self._account_id = portal, principal, account_id
        stops_nothing = _("Whatever spends credits goes on until none are left.")
        notices.box("info", _("An alert tells you something; it stops nothing."), stops_nothing)
        Tag("p", _("Leave a field empty to be told nothing."))
        self._forms = {kind: AlertForm(portal, principal, account_id, kind) for kind in AlertKind}
        self._mail()

    async def show(self) -> None:
        """How the account stands to its thresholds now."""
        found = await ask(alert_notices.told, self._portal, self._account_id)
        now_is = await ask(_now, self._portal, self._account_id, self._principal.id)
        for kind, form in self._forms.items():
            form.show(found[kind], _words(kind, *now_is))

    def _mail(self) -> None:
        with Tag("section", classes="panel", aria_labelledby="by-mail"):
            Tag("h2", _("By mail"), id="by-mail")
            if self._portal.mailer is None:
                Tag("p", _("This portal sends no mail. You see alerts on its pages."))
                return
            if self._principal.email is None:
                Tag("p", _("Your sign-in provider tells us no mail address of yours. You see alerts on these pages."))
                return
            address = self._principal.email
            Tag("p", _("Mail goes to {address}, and to everybody who answers for this account.", address=address))
            with Tag("div", classes="actions row"):
                tests = act(self._portal, self._principal, Action.SET_ALERTS, self._test, tell=self._say)
                button(_("Send a test"), tests).mark("mail-test")
                self._tested = Tag("span", role="status").mark("mail-tested")

    async def _test(self, _pressed: GenericEventArguments) -> None:
        to = await ask(mail.send_test_to, self._portal, self._principal.id)
        self._say(_("Sent to {address}.", address=to))

    def _say(self, sentence: str) -> None:
        self._tested.text = sentence


Now = tuple[alert_notices.Warnings, Forecast | None, tuple[str, Credits]]


def _now(portal: Portal, account_id: str, person_id: str) -> Now:
    """What thresholds are compared with."""
    found = alert_notices.of_account(portal, account_id, person_id)
    return found, forecasts.run_out(portal, account_id), alerts.used_this_month(portal, account_id)


def _words(
    kind: AlertKind, found: alert_notices.Warnings, foreseen: Forecast | None, month: tuple[str, Credits]
) -> str:
    if kind is AlertKind.BALANCE:
        return _("Now: {credits}.", credits=written.counted(found.left))
    if kind is AlertKind.SPENDING:
        return _("This month so far: {credits}. Months are those of UTC.", credits=written.counted(month[1]))
    if kind is AlertKind.EXPIRY:
        return _("Each amount is told of once, when its day comes near.")
    if foreseen is None:
        return _("The rate is known after 7 days of use.")
    if foreseen.days_left is None:
        return _("At the rate of the last 7 days they last for more than a year.")
    days = foreseen.days_left
    return n_("At the rate of the last 7 days: {n} day.", "At the rate of the last 7 days: {n} days.", days)
