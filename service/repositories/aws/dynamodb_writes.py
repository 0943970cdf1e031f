"""Conditional writes to DynamoDB: did the condition hold, or did the store fail?"""

import random
import time

from botocore.exceptions import ClientError

from service.repositories.aws import clients
from service.repositories.aws import dynamodb_items as items

# The longest pause after each try: 20 uploads of one user, who share a count, all find their turn.
CONFLICT_PAUSES = (0.1, 0.2, 0.4, 0.8, 0.8, 0.8, 0.8, 0)
REFUSED = "ConditionalCheckFailedException"
# Reasons in a cancelled transaction: a condition did not hold; another one was at it just then.
UNMET = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
PASSING = {"None", CONFLICT, UNMET}


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
        with clients.storage_errors(operation):
            try:
                send(**call)
            except ClientError as error:
                if clients.error_code(error) != REFUSED:
                    raise
                return False
        return True

    def transact(self, operation, update, others, token):
        """Change a record, given as (image_id, change, condition, given), and others with it.

        Return None when all was done, else the position of the action whose condition did not hold,
        0 being the record's. The token makes repeats of one attempt one transaction (AWS keeps it
        for 10 minutes).
        """
        if not others:
            return None if self.update(operation, *update) else 0
        actions = [{"Update": items.update(self.table_name, *update)}]
        for action in others:
            ((kind, call),) = action.items()
            actions.append({kind: {"TableName": self.table_name, **call}})
        for seconds in CONFLICT_PAUSES:
            reasons = self.send(operation, actions, token)
            if set(reasons) <= {"None"}:
                return None
            # While another transaction holds the record, nothing is known of its own condition.
            if UNMET in reasons and reasons[0] != CONFLICT:
                return reasons.index(UNMET)
            if not set(reasons) <= PASSING:
                break
            # The SDK repeats throttled calls, not transactions that met another one.
            time.sleep(random.uniform(0, seconds))
        raise clients.unavailable(operation, reasons=sorted(set(reasons)))

    def send(self, operation, actions, token):
        """Send a transaction; return why it was cancelled: a reason for each action, or none."""
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
