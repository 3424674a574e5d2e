# A client of gRPC for Python without code that was generated: `python client.py <host>`.
import sys

import grpc

METADATA = [("authorization", "Bearer authsome-proxy-managed")]

with grpc.secure_channel(sys.argv[1] + ":443", grpc.ssl_channel_credentials()) as channel:
    print(channel.unary_unary("/test.Echo/Say")(b"hello", metadata=METADATA).decode())
    for each in channel.unary_stream("/test.Echo/Count")(b"3", metadata=METADATA):
        print(each.decode())
