"""What is compared: arms, budgets and rules as data; the runner, its records, and the verdicts they give.

`protocol`, `records` and `runner` are enough to run; `statistics`, `relu_results` and `verdicts` need scipy.
"""
