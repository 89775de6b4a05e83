"""How it learns: the paper's update rule, the loop, the device."""
