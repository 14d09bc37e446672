variable "public_url" {
  description = "Address people see, without a slash at its end."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+(/.*[^/])?$", var.public_url))
    error_message = "The address must begin with https:// and must not end with a slash."
  }
}

variable "webhook_path" {
  description = "Where the portal takes Stripe's events; a profile may have a path of its own."
  type        = string
  default     = "/webhooks/stripe"
}

variable "product_name" {
  description = "Name of the portal."
  type        = string
  default     = "Scrip"
}

variable "packages" {
  description = "What can be bought, by the stable name of each package; amounts in minor units."
  type = map(object({
    name        = string
    description = optional(string, "")
    credits     = number
    amount      = number
    currency    = string
    default     = optional(bool, false)
  }))
  default = {
    starter = {
      name        = "Starter"
      description = "Enough to try everything."
      credits     = 500
      amount      = 500
      currency    = "usd"
    }
    standard = {
      name        = "Standard"
      description = "The usual choice for a small team."
      credits     = 2000
      amount      = 1800
      currency    = "usd"
      default     = true
    }
    scale = {
      name        = "Scale"
      description = "The lowest price per credit."
      credits     = 10000
      amount      = 8000
      currency    = "usd"
    }
  }

  validation {
    condition     = alltrue([for each in values(var.packages) : each.credits > 0 && each.amount > 0])
    error_message = "A package needs a price and credits above zero."
  }
}

variable "plans" {
  description = "What can be subscribed to, by the stable name of each plan; amounts in minor units."
  type = map(object({
    name           = string
    description    = optional(string, "")
    amount         = number
    currency       = string
    interval       = optional(string, "month")
    interval_count = optional(number, 1)
  }))
  default = {}
}

variable "tax_behavior" {
  description = "inclusive or exclusive; empty leaves it to the account."
  type        = string
  default     = ""

  validation {
    condition     = contains(["", "inclusive", "exclusive"], var.tax_behavior)
    error_message = "The tax behaviour is inclusive, exclusive or empty."
  }
}

variable "tax_code" {
  description = "Stripe's tax code of the credits, txcd_...; empty leaves it to the account."
  type        = string
  default     = ""
}

variable "api_version" {
  description = "The version of Stripe's API whose events the portal reads."
  type        = string
  default     = "2026-10-28.endive"
}

variable "events" {
  description = "The types of events the portal reads."
  type        = list(string)
  default = [
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "subscription_schedule.updated",
    "subscription_schedule.released",
    "subscription_schedule.canceled",
    "subscription_schedule.completed",
    "subscription_schedule.aborted",
    "invoice.created",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.finalized",
    "invoice.voided",
    "invoice.marked_uncollectible",
  ]
}
