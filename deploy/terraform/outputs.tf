# Named as the portal's settings: `terraform output -raw SCRIP_STRIPE__WEBHOOK_SECRETS` shows the secret.

output "SCRIP_STRIPE__PRODUCT" {
  description = "The product whose prices are the packages."
  value       = stripe_product.packages.id
}

output "SCRIP_STRIPE__SUBSCRIPTION_PRODUCT" {
  description = "The product people subscribe to; empty without plans."
  value       = one(stripe_product.plans[*].id)
}

output "SCRIP_STRIPE__PORTAL_CONFIGURATION" {
  description = "The configuration of the customer portal."
  value       = stripe_billing_portal_configuration.portal.id
}

output "SCRIP_STRIPE__WEBHOOK_SECRETS" {
  description = "The signing secret of the webhook endpoint. It stands in the state, so keep that in a safe place."
  value       = stripe_webhook_endpoint.portal.secret
  sensitive   = true
}
