terraform {
  required_version = ">= 1.11"

  required_providers {
    stripe = {
      source  = "stripe/stripe"
      version = ">= 0.3.0, < 0.4.0"
    }
  }
}

# The key comes from the variable STRIPE_API_KEY, never from a file.
provider "stripe" {}
