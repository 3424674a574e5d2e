package main

import (
	"context"
	"net/http"
	"os"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-git/go-git/v5"
	gitconfig "github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/storage/memory"
	"github.com/google/go-github/v66/github"
	"github.com/openai/openai-go"
	"github.com/slack-go/slack"
	"github.com/stripe/stripe-go/v81"
	"github.com/stripe/stripe-go/v81/balance"
)

func askOpenAI() error {
	client := openai.NewClient()
	_, err := client.Models.List(context.Background())
	return err
}

func askAnthropic() error {
	client := anthropic.NewClient()
	_, err := client.Models.List(context.Background(), anthropic.ModelListParams{})
	return err
}

func askGitHub() error {
	client := github.NewClient(nil).WithAuthToken(os.Getenv("GITHUB_TOKEN"))
	_, _, err := client.Users.Get(context.Background(), "")
	return err
}

func askStripe() error {
	stripe.Key = os.Getenv("STRIPE_API_KEY")
	_, err := balance.Get(nil)
	return err
}

func askSlack() error {
	_, err := slack.New(os.Getenv("SLACK_BOT_TOKEN")).AuthTest()
	return err
}

func askGit() error {
	remote := git.NewRemote(memory.NewStorage(), &gitconfig.RemoteConfig{
		Name: "origin",
		URLs: []string{"https://github.com/team/project.git"},
	})
	_, err := remote.List(&git.ListOptions{})
	return err
}

func askAWS() error { return identity() }

func askAWSWithClient() error {
	return identity(config.WithHTTPClient(&http.Client{}))
}

func identity(options ...func(*config.LoadOptions) error) error {
	ctx, cancel := limit()
	defer cancel()
	options = append(options, config.WithRegion("us-east-1"))
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return err
	}
	_, err = sts.NewFromConfig(loaded).GetCallerIdentity(ctx, nil)
	return err
}
