# The same as `scrip setup-stripe` makes, with the same marks, so that either way finds what the other made.

locals {
  # Package pricing knows whole units only; fewer than two, or a fraction, stand in the metadata alone.
  units = {
    for key, each in var.packages : key => each.credits
    if each.credits > 1 && each.credits == floor(each.credits)
  }

  # Stripe lets people change between plans when each price of the product has an interval of its own.
  rhythms    = [for each in values(var.plans) : "${each.interval_count} ${each.interval}"]
  changeable = length(local.rhythms) > 1 && length(distinct(local.rhythms)) == length(local.rhythms)
}

resource "stripe_product" "packages" {
  name     = "${var.product_name} credits"
  tax_code = var.tax_code == "" ? null : var.tax_code
  metadata = { scrip_setup = "packages" }
}

resource "stripe_price" "package" {
  for_each = var.packages

  product            = stripe_product.packages.id
  currency           = lower(each.value.currency)
  unit_amount        = each.value.amount
  nickname           = each.value.name
  tax_behavior       = var.tax_behavior == "" ? null : var.tax_behavior
  transform_quantity = contains(keys(local.units), each.key) ? { divide_by = each.value.credits, round = "up" } : null

  # Stripe keeps no blank value, so a blank description is left out.
  metadata = merge(
    {
      scrip_package = each.key
      key           = each.key
      name          = each.value.name
      credits       = tostring(each.value.credits)
      default       = tostring(each.value.default)
    },
    each.value.description == "" ? {} : { description = each.value.description },
  )

  # The amount of a price never changes: a changed package is on sale again before the old price is retired.
  lifecycle {
    create_before_destroy = true
  }
}

resource "stripe_product" "plans" {
  count = length(var.plans) > 0 ? 1 : 0

  name     = "${var.product_name} subscription"
  tax_code = var.tax_code == "" ? null : var.tax_code
  metadata = { scrip_setup = "plans" }
}

resource "stripe_price" "plan" {
  for_each = var.plans

  product      = stripe_product.plans[0].id
  currency     = lower(each.value.currency)
  unit_amount  = each.value.amount
  nickname     = each.value.name
  tax_behavior = var.tax_behavior == "" ? null : var.tax_behavior

  recurring {
    interval       = each.value.interval
    interval_count = each.value.interval_count
  }

  metadata = merge(
    {
      scrip_plan = each.key
      key        = each.key
      name       = each.value.name
    },
    each.value.description == "" ? {} : { description = each.value.description },
  )

  lifecycle {
    create_before_destroy = true
  }
}

resource "stripe_billing_portal_configuration" "portal" {
  name               = var.product_name
  default_return_url = var.public_url
  business_profile   = { headline = var.product_name }
  metadata           = { scrip_setup = "portal" }

  features = {
    payment_method_update = { enabled = true }
    invoice_history       = { enabled = true }
    customer_update       = { enabled = true, allowed_updates = ["address", "tax_id"] }
    subscription_cancel   = { enabled = true, mode = "at_period_end" }
    subscription_update = {
      enabled                 = local.changeable
      default_allowed_updates = local.changeable ? ["price"] : null
      proration_behavior      = local.changeable ? "create_prorations" : null
      products = local.changeable ? [{
        product = stripe_product.plans[0].id
        prices  = [for each in values(stripe_price.plan) : each.id]
      }] : null
    }
  }
}

resource "stripe_webhook_endpoint" "portal" {
  url            = "${var.public_url}${var.webhook_path}"
  enabled_events = var.events
  api_version    = var.api_version
  description    = "Events of the credit portal"
  metadata       = { scrip_setup = "webhook" }
}
