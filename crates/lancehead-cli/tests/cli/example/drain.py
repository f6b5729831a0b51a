def drain(queue):
    """Print all that is queued."""
    while queue:
        print(queue.pop())
