"""What a deployment on AWS costs: prices, what each operation uses, and their product."""
