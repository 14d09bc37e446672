"""Controls for what an employee does in the dashboard. Mounted by `control`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from sandbox import desk
from sandbox.controls.bodies import Body
from sandbox.controls.subjects import find
from sandbox.errors import Json, invalid
from sandbox.machine import Machine


class Ending(Body):
    at_period_end: bool = False
    prorate: bool = False
    invoice_now: bool = False


class NewPlan(Body):
    price: str = Field(description="The price the only item of the subscription changes to.")
    quantity: int | None = None
    proration_behavior: str = "create_prorations"


def add_dashboard(router: APIRouter, machine: Machine) -> None:
    _add_catalogue(router, machine)
    _add_subscriptions(router, machine)


def _add_catalogue(router: APIRouter, machine: Machine) -> None:
    def ask(method: str, path: str, params: Json | None = None) -> Json:
        return desk.ask(machine, method, path, params)

    @router.post("/customers/{customer}/delete", summary="Delete a customer in the dashboard")
    async def delete(customer: str) -> Json:
        return {"customer": ask("DELETE", f"/v1/customers/{customer}")}

    @router.post("/customers/{customer}/portal", summary="A link into the customer portal, as an employee makes one")
    async def portal(customer: str, request: Request) -> Json:
        origin = f"{request.url.scheme}://{request.headers['host']}"
        made = desk.ask(machine, "POST", "/v1/billing_portal/sessions", {"customer": customer}, origin)
        return {"session": made, "url": made["url"]}

    @router.post("/products/{product}/archive", summary="Archive a product, or bring it back")
    async def archive_product(product: str, active: bool = False) -> Json:
        return {"product": ask("POST", f"/v1/products/{product}", {"active": active})}

    @router.post("/prices/{price}/archive", summary="Archive a price, or bring it back")
    async def archive_price(price: str, active: bool = False) -> Json:
        return {"price": ask("POST", f"/v1/prices/{price}", {"active": active})}

    @router.post("/invoices/{invoice}/pay-out-of-band", summary="An invoice was paid by other means")
    async def pay_invoice(invoice: str) -> Json:
        return {"invoice": ask("POST", f"/v1/invoices/{invoice}/pay", {"paid_out_of_band": True})}


def _add_subscriptions(router: APIRouter, machine: Machine) -> None:
    @router.post("/subscriptions/{subscription}/cancel", summary="Cancel a subscription in the dashboard")
    async def cancel(subscription: str, body: Ending | None = None) -> Json:
        told = body or Ending()
        path = f"/v1/subscriptions/{subscription}"
        if told.at_period_end:
            return {"subscription": desk.ask(machine, "POST", path, {"cancel_at_period_end": True})}
        terms = {"prorate": told.prorate, "invoice_now": told.invoice_now}
        return {"subscription": desk.ask(machine, "DELETE", path, terms)}

    @router.post("/subscriptions/{subscription}/change", summary="Change the plan in the dashboard")
    async def change(subscription: str, body: NewPlan) -> Json:
        _, found = find(machine, "subscription", subscription)
        items = found["items"]["data"]
        if len(items) != 1:
            raise invalid("Only a subscription with one item can be changed here.", "subscription")
        item: dict[str, Any] = {"id": items[0]["id"], "price": body.price}
        if body.quantity is not None:
            item["quantity"] = body.quantity
        asked = {"items": [item], "proration_behavior": body.proration_behavior}
        return {"subscription": desk.ask(machine, "POST", f"/v1/subscriptions/{subscription}", asked)}
