"""What bypasses the slow path of the AWS SDK."""
