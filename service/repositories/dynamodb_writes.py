"""Conditional writes to DynamoDB: did the condition hold, or did the store fail?"""

import random
import time

from botocore.exceptions import ClientError

from service.common import aws
from service.repositories import dynamodb_items as items

CONFLICT_TRIES = 6
CONFLICT_SECONDS = 0.05
REFUSED = "ConditionalCheckFailedException"
# Reasons in a cancelled transaction that say nothing about our conditions.
PASSING = {"None", "TransactionConflict"}


class DynamodbWrites:
    """Writes of one table. Each tells whether its condition held; faults raise."""

    def __init__(self, client, table_name):
        self.client = client
        self.table_name = table_name

    def put(self, operation, item, condition, given):
        """Write a whole item."""
        call = {"TableName": self.table_name, "Item": item, **items.conditioned(condition, given)}
        return self.conditional(operation, self.client.put_item, call)

    def update(self, operation, image_id, change, condition, given):
        """Change an item."""
        call = items.update(self.table_name, image_id, change, condition, given)
        return self.conditional(operation, self.client.update_item, call)

    def delete(self, operation, image_id, condition, given):
        """Remove an item."""
        call = {"TableName": self.table_name, "Key": items.key_of(image_id)}
        call |= items.conditioned(condition, given)
        return self.conditional(operation, self.client.delete_item, call)

    def conditional(self, operation, send, call):
        """Send a conditional call."""
        with aws.storage_errors(operation):
            try:
                send(**call)
            except ClientError as error:
                if aws.error_code(error) != REFUSED:
                    raise
                return False
        return True

    def transact(self, operation, update, entries, token):
        """Change a record, given as (image_id, change, condition, given), and entries with it.

        The token makes repeats of one attempt one transaction (AWS keeps it for 10 minutes).
        """
        if not entries:
            return self.update(operation, *update)
        actions = [{"Update": items.update(self.table_name, *update)}]
        for action in entries:
            ((kind, call),) = action.items()
            actions.append({kind: {"TableName": self.table_name, **call}})
        for attempt in range(CONFLICT_TRIES):
            reasons = self.send(operation, actions, token)
            if not reasons - {"None"}:
                return True
            if "ConditionalCheckFailed" in reasons:
                return False
            if reasons - PASSING:
                break
            # The SDK repeats throttled calls, not transactions that met another one.
            time.sleep(random.uniform(0, CONFLICT_SECONDS * 2**attempt))
        raise aws.unavailable(operation, reasons=sorted(reasons))

    def send(self, operation, actions, token):
        """Send a transaction; return the set of reasons for which it was cancelled."""
        with aws.storage_errors(operation):
            try:
                self.client.transact_write_items(TransactItems=actions, ClientRequestToken=token)
            except ClientError as error:
                if aws.error_code(error) == "TransactionInProgressException":
                    return {"TransactionConflict"}
                if aws.error_code(error) != "TransactionCanceledException":
                    raise
                reasons = error.response.get("CancellationReasons", [])
                return {reason.get("Code", "None") for reason in reasons} or {"Unknown"}
        return set()
