"""Image records and their lists in DynamoDB."""
