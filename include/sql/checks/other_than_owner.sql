-- Of one list: whether none of its values is the list's owner.
SELECT {other} <> ALL ({column})
