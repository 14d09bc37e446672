"""Pure decisions about money and credits; standard library only. Anyone may import them."""
