"""Conditional writes to DynamoDB. An unmet condition is False, a fault is an exception."""

import random
import time

from botocore.exceptions import ClientError

from service.repositories.aws import clients
from service.repositories.aws.dynamodb import items

# The longest pause after each try, in seconds. With these, 20 parallel uploads of one user all
# succeed, although they change the same count.
CONFLICT_PAUSES = (0.1, 0.2, 0.4, 0.8, 0.8, 0.8, 0.8, 0)
REFUSED = "ConditionalCheckFailedException"
# A write was rejected, because a transaction was changing the same item.
IN_CONFLICT = "TransactionConflictException"
# Cancellation reasons: a condition did not hold; another transaction was changing the same item.
UNMET = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
RETRYABLE = {"None", CONFLICT, UNMET}


class DynamodbWrites:
    """Writes to one table. Each returns whether its condition held, and raises on a fault."""

    def __init__(self, client, table_name):
        self.client = client
        self.table_name = table_name

    def update(self, operation, image_id, change, condition, values):
        """Change an item."""
        call = items.update(image_id, change, condition, values)
        call["TableName"] = self.table_name
        return self.conditional(operation, self.client.update_item, call)

    def delete(self, operation, image_id, condition, values):
        """Remove an item."""
        call = {"TableName": self.table_name, "Key": items.key_of(image_id)}
        call |= items.conditioned(condition, values)
        return self.conditional(operation, self.client.delete_item, call)

    def conditional(self, operation, send, call):
        """Send a conditional call; again after a pause while a transaction changes the item."""
        for seconds in CONFLICT_PAUSES:
            with clients.storage_errors(operation):
                try:
                    send(**call)
                    return True
                except ClientError as error:
                    if clients.error_code(error) == REFUSED:
                        return False
                    if clients.error_code(error) != IN_CONFLICT:
                        raise
            time.sleep(random.uniform(0, seconds))
        raise clients.unavailable(operation, code=IN_CONFLICT)

    def transact(self, operation, record, others, token, *, alone=False):
        """Write a record, and other items with it; all of them are actions of a transaction.

        update: (image_id, change, condition, values) of the record. Returns None after success,
        else the position of the action whose condition did not hold; the record is at 0. For 10
        minutes DynamoDB treats calls with the same token as one transaction. A record without
        others is written by a plain call, unless `alone` asks for a transaction of one.
        """
        actions = []
        for action in [record, *others]:
            ((kind, call),) = action.items()
            actions.append({kind: {"TableName": self.table_name, **call}})
        if not others and not alone:
            send = {"Put": self.client.put_item, "Update": self.client.update_item}[kind]
            return None if self.conditional(operation, send, actions[0][kind]) else 0
        for seconds in CONFLICT_PAUSES:
            reasons = self.send(operation, actions, token)
            if set(reasons) <= {"None"}:
                return None
            # If the record is in conflict, DynamoDB has not checked its condition.
            if UNMET in reasons and reasons[0] != CONFLICT:
                return reasons.index(UNMET)
            if not set(reasons) <= RETRYABLE:
                break
            # The SDK retries throttled calls, but not a transaction after a conflict.
            time.sleep(random.uniform(0, seconds))
        raise clients.unavailable(operation, reasons=sorted(set(reasons)))

    def send(self, operation, actions, token):
        """Send a transaction; return its cancellation reasons, one per action, or []."""
        with clients.storage_errors(operation):
            try:
                self.client.transact_write_items(TransactItems=actions, ClientRequestToken=token)
            except ClientError as error:
                if clients.error_code(error) == "TransactionInProgressException":
                    return [CONFLICT]
                if clients.error_code(error) != "TransactionCanceledException":
                    raise
                reasons = error.response.get("CancellationReasons", [])
                return [reason.get("Code", "None") for reason in reasons] or ["Unknown"]
        return []
