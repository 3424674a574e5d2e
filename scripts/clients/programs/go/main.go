// Command go-client makes one request with the client that its argument names, and ends with 0 if the API accepted it.
package main

import (
	"fmt"
	"os"
)

var clients = map[string]func() error{
	"resty":                 askResty,
	"fasthttp":              askFasthttp,
	"websocket":             askWebSocket,
	"grpc":                  askGRPC,
	"openai":                askOpenAI,
	"anthropic":             askAnthropic,
	"github":                askGitHub,
	"stripe":                askStripe,
	"slack":                 askSlack,
	"go-git":                askGit,
	"aws-sdk-v2":            askAWS,
	"aws-sdk-v2-own-client": askAWSWithClient,
}

func main() {
	client, ok := clients[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "there is no client", os.Args[1])
		os.Exit(2)
	}
	if err := client(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Println("done")
}
