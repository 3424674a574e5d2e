#!/bin/sh
# Builds the OpenTelemetry Collector that tests/audit/export/otlp_receivers_test.ts sends to: what receives OTLP, and what
# sends on as JSON what it received.
set -eu
cd "$(dirname "$0")/../../../.."
[ ! -x build/otelcol/otelcol ] || exit 0
mkdir -p build/otelcol
cat >build/otelcol/builder.yaml <<END
dist:
  name: otelcol
  output_path: $PWD/build/otelcol
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter v0.165.0
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v0.165.0
END
go run go.opentelemetry.io/collector/cmd/builder@v0.165.0 --config build/otelcol/builder.yaml
