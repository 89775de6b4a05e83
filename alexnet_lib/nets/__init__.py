"""What is built: layers and nets, as plain ``nn.Module``."""
