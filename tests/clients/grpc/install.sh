#!/bin/sh
# Installs gRPC for Node, Python and Go into build/grpc/ for tests/clients/grpc_test.ts; what cannot be had is said.
cd "$(dirname "$0")/../../.." || exit 1
mkdir -p build/grpc
npm install --silent --no-audit --no-fund --prefix build/grpc/npm @grpc/grpc-js@1.14.7 >&2 ||
  echo "Cannot install gRPC for Node" >&2
{ python3 -m venv build/grpc/python && build/grpc/python/bin/pip install --quiet grpcio==1.85.3; } >&2 ||
  echo "Cannot install gRPC for Python" >&2
out=$PWD/build/grpc/go-client
(cd tests/clients/grpc/go && go build -o "$out" .) >&2 || echo "Cannot build the client of gRPC for Go" >&2
