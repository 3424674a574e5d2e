// A client of gRPC for Go without code that was generated: `client <host>`.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
)

type raw struct{}

func (raw) Name() string { return "raw" }

func (raw) Marshal(value any) ([]byte, error) { return *value.(*[]byte), nil }

func (raw) Unmarshal(data []byte, value any) error {
	*value.(*[]byte) = append([]byte{}, data...)
	return nil
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	connection, err := grpc.NewClient(os.Args[1]+":443",
		grpc.WithTransportCredentials(credentials.NewTLS(nil)),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	check(err)
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer authsome-proxy-managed")
	request, answer := []byte("hello"), []byte{}
	check(connection.Invoke(ctx, "/test.Echo/Say", &request, &answer))
	fmt.Println(string(answer))
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/test.Echo/Count")
	check(err)
	request = []byte("3")
	check(stream.SendMsg(&request))
	check(stream.CloseSend())
	for {
		err = stream.RecvMsg(&answer)
		if err == io.EOF {
			return
		}
		check(err)
		fmt.Println(string(answer))
	}
}
