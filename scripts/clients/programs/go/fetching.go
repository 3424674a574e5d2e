package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/coder/websocket"
	"github.com/go-resty/resty/v2"
	"github.com/valyala/fasthttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
)

const models = "https://api.openai.com/v1/models"

func bearer() string { return "Bearer " + os.Getenv("OPENAI_API_KEY") }

func check(status int) error {
	if status != http.StatusOK {
		return fmt.Errorf("status %d", status)
	}
	return nil
}

func limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 20*time.Second)
}

func askResty() error {
	response, err := resty.New().R().SetHeader("Authorization", bearer()).Get(models)
	if err != nil {
		return err
	}
	return check(response.StatusCode())
}

func askFasthttp() error {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	request.SetRequestURI(models)
	request.Header.Set("Authorization", bearer())
	if err := fasthttp.DoTimeout(request, response, 20*time.Second); err != nil {
		return err
	}
	return check(response.StatusCode())
}

func askWebSocket() error {
	ctx, cancel := limit()
	defer cancel()
	socket, _, err := websocket.Dial(ctx, "wss://api.openai.com/v1/realtime", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {bearer()}},
	})
	if err != nil {
		return err
	}
	_, _, err = socket.Read(ctx)
	return err
}

func askGRPC() error {
	connection, err := grpc.NewClient("api.openai.com:443", grpc.WithTransportCredentials(credentials.NewTLS(nil)))
	if err != nil {
		return err
	}
	ctx, cancel := limit()
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", bearer())
	return connection.Invoke(ctx, "/test.Api/Get", &emptypb.Empty{}, &emptypb.Empty{})
}
