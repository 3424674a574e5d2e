"""`main.py <client>`: makes one request with the client, and ends with 0 if the API accepted it."""
import sys

import http_clients
import vendors

name = sys.argv[1]
client = getattr(http_clients, name, None) or getattr(vendors, name)
print(client() or "done")
