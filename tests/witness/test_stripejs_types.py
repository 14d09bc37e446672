"""The sandbox's stripe.js is checked by the TypeScript compiler against the types Stripe publishes for its own.

`types/fits.ts` says what must fit. The second test breaks one thing after another and sees each of them found.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.witness.packages import HERE, NODE, modules, program

TYPES = HERE / "types"
SCRIPT = HERE.parents[1] / "sandbox" / "browser" / "stripe"
# a file, what stands there, what is put in its place, and the name the compiler must then tell
BREAKS = {
    "a method is renamed": ("main.js", "  confirmSetup(options)", "  confirmSetups(options)", "confirmSetup"),
    "a name that is gone comes back": (
        "main.js",
        "  confirmSetup(options)",
        "  initCheckout() {}\n\n  confirmSetup(options)",
        "initCheckout",
    ),
    "a name of nobody is refused": ("main.js", "'createToken',", "'createToken', 'createCoin',", "createCoin"),
    "a name of Stripe's is forgotten": ("main.js", "'createToken',", "", "createToken"),
    "an element lacks a method": ("element.js", "  unmount() {", "  unmounted() {", "unmount"),
    "the address cannot be asked for": ("address_element.js", "  async getValue() {", "  async value() {", "getValue"),
    "elements are created otherwise": ("elements.js", "  create(type,", "  make(type,", "create"),
    "an answer has another name": (
        "elements.js",
        "selectedPaymentMethod: results[0].type",
        "selectedMethod: results[0].type",
        "selectedMethod",
    ),
    "an option is read that nobody has": (
        "payments.js",
        "const { elements, clientSecret,",
        "const { elements, secret,",
        "secret",
    ),
    "a field of the session is renamed": ("checkout_session.js", "    canConfirm:", "    confirmable:", "canConfirm"),
    "a line item lacks a sum": ("checkout_session.js", "    unitAmount: amount(price.unit_amount),", "", "unitAmount"),
    "an action is renamed": ("checkout_sdk.js", "      applyPromotionCode:", "      applyCode:", "applyPromotionCode"),
    "an option of Checkout is renamed": (
        "checkout_sdk.js",
        "options.elementsOptions",
        "options.elementOptions",
        "elementOptions",
    ),
    "a method of the form is forgotten": ("checkout_form_sdk.js", "(['blur', ", "([", "blur"),
    "the embedded page cannot be destroyed": ("checkout_embedded.js", "  destroy() {", "  end() {", "destroy"),
    "a function is called that is nowhere": ("payments.js", "await askBank(", "await askTheBank(", "askTheBank"),
}


def test_the_script_fits_the_types_stripe_publishes() -> None:
    assert compiled(TYPES / "tsconfig.json") == ""


@pytest.mark.parametrize("what", BREAKS)
def test_the_compiler_finds_it_when(what: str, tmp_path: Path) -> None:
    file, before, after, name = BREAKS[what]
    shutil.copytree(SCRIPT, tmp_path / "stripe")
    broken = tmp_path / "stripe" / file
    text = broken.read_text()
    assert text.count(before) == 1, "the place to break has moved"
    broken.write_text(text.replace(before, after))
    project = tmp_path / "tsconfig.json"
    own = [str(path) for path in TYPES.glob("*.ts")]
    options = {"skipLibCheck": True}  # the test above reads the libraries as well
    include = ["stripe/*.js", *own]
    project.write_text(
        json.dumps({"extends": str(TYPES / "tsconfig.json"), "compilerOptions": options, "include": include})
    )
    assert f"'{name}'" in compiled(project).replace('"', "'")


def test_the_types_are_of_the_release_the_script_stands_for() -> None:
    types = (modules() / "@stripe" / "stripe-js" / "dist" / "shared.d.ts").read_text()
    assert "ReleaseTrain = 'endive'" in types
    assert "Stripe.version = 'endive'" in (SCRIPT / "main.js").read_text()


def compiled(project: Path) -> str:
    """What the compiler has to say: nothing, when all is well."""
    command = [str(NODE), str(program("typescript", "bin/tsc")), "--project", str(project)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode == 0) == (not done.stdout)
    return done.stdout + done.stderr
