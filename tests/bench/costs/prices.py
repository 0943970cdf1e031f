"""List prices in US dollars, of us-east-1, as public pages name them, each with its date.

Prices change and differ by region: put your own here, and run `make cost`.
"""

from collections import namedtuple

# dollars for `amount` units; free: units a month that every account has for nothing, for ever.
Price = namedtuple("Price", "dollars amount unit source date free", defaults=(0,))

LAMBDA = "https://wring.co/blog/aws-lambda-pricing-guide"
DYNAMODB = "https://airbyte.com/data-engineering-resources/dynamodb-pricing"
S3_REQUESTS = "https://c3x.dev/blog/s3-request-fees-explained"
S3 = "https://cloudburn.io/blog/amazon-s3-pricing"
LOGS = "https://c3x.dev/blog/cloudwatch-logs-cost-optimization"
CLOUDWATCH = (
    "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/"
)
GATEWAY = "https://go-cloud.io/aws-api-gateway-pricing"
TRANSFER = "https://wring.co/blog/aws-data-transfer-pricing-guide"
RECORDS = "https://wring.co/blog/aws-dynamodb-pricing-guide"
RECOVERY = "https://finops.com.py/services/dynamodb/backups"
EVENTS = "https://cloudburn.io/blog/amazon-eventbridge-pricing"
ALARMS = "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm"
CONTAINERS = "https://cloudburn.io/blog/amazon-ecr-pricing"
METRICS = "https://signoz.io/guides/cloudwatch-pricing"
KEYS = "https://aws.amazon.com/kms/pricing/"
KEY_REQUESTS = "https://www.factualminds.com/blog/aws-kms-pricing-keys-requests-multi-region/"
SECRETS = (
    "https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms"
)
MILLION = 1_000_000

PRICES = {
    "gateway request": Price(
        1.00, MILLION, "requests to an HTTP API, of 512 KB each", GATEWAY, "2026"
    ),
    "lambda request": Price(0.20, MILLION, "calls of a function", LAMBDA, "2026-03-08", MILLION),
    "x86_64": Price(0.0000166667, 1, "GB-second of Lambda, x86_64", LAMBDA, "2026-03-08", 400_000),
    "arm64": Price(0.0000133334, 1, "GB-second of Lambda, arm64", LAMBDA, "2026-03-08", 400_000),
    "read unit": Price(
        0.125, MILLION, "read request units of DynamoDB, on demand", DYNAMODB, "2025-07-21"
    ),
    "write unit": Price(
        0.625, MILLION, "write request units of DynamoDB, on demand", DYNAMODB, "2025-07-21"
    ),
    "record GB": Price(0.25, 1, "GB of records and indexes, a month", RECORDS, "2026-03-08", 25),
    "recovery GB": Price(
        0.20, 1, "GB of records with point-in-time recovery, a month", RECOVERY, "no date"
    ),
    "s3 write": Price(
        0.005, 1000, "PUT, COPY, POST and LIST requests to S3", S3_REQUESTS, "no date"
    ),
    "s3 read": Price(0.0004, 1000, "GET and HEAD requests to S3", S3_REQUESTS, "no date"),
    "object GB": Price(0.023, 1, "GB in S3 Standard, a month", S3, "2026-03-13"),
    "GB out": Price(0.09, 1, "GB to the internet", TRANSFER, "2026-03-08", 100),
    "event": Price(1.00, MILLION, "events on EventBridge", EVENTS, "2026-03-13"),
    "log GB": Price(0.50, 1, "GB written to CloudWatch Logs", LOGS, "2026-06", 5),
    "kept log GB": Price(0.03, 1, "GB kept in CloudWatch Logs, a month", LOGS, "2026-06"),
    "alarm": Price(0.10, 1, "metric with an alarm, a month", ALARMS, "no date"),
    "metric": Price(0.30, 1, "custom metric, a month", METRICS, "2026-02-15"),
    "dashboard": Price(3.00, 1, "dashboard, a month", CLOUDWATCH, "2026-06-13"),
    "container GB": Price(0.10, 1, "GB of container images in ECR, a month", CONTAINERS, "2026-03"),
}

# What a deployment has only if its parameters ask for it.
OPTIONAL = {
    "key": Price(1.00, 1, "KMS key, a month (`kms-key`)", KEYS, "no date"),
    "key request": Price(
        0.03, 10_000, "requests to KMS (`kms-key`)", KEY_REQUESTS, "2026-06-13", 20_000
    ),
    "secret": Price(
        0.40, 1, "secret in Secrets Manager, a month (`jwt-secret-id`)", SECRETS, "no date"
    ),
}
