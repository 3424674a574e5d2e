// Command go-standard makes one request with a client of Go's own library, and ends with 0 if the API accepted it.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

var clients = map[string]func() error{
	"default":          askDefault,
	"custom-transport": askWithoutProxy,
	"own-rootfile":     askWithRootFile,
	"http1":            askHTTP1,
}

func main() {
	if err := clients[os.Args[1]](); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Println("done")
}

const models = "https://api.openai.com/v1/models"

// The file that Debian's ca-certificates makes.
const rootFile = "/etc/ssl/certs/ca-certificates.crt"

func bearer() string { return "Bearer " + os.Getenv("OPENAI_API_KEY") }

func ask(client *http.Client) error {
	request, err := http.NewRequest("GET", models, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", bearer())
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return check(response.StatusCode)
}

func check(status int) error {
	if status != http.StatusOK {
		return fmt.Errorf("status %d", status)
	}
	return nil
}

func askDefault() error { return ask(http.DefaultClient) }

func askWithoutProxy() error {
	return ask(&http.Client{Transport: &http.Transport{}})
}

func askWithRootFile() error {
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(rootFile)
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(pem)
	return ask(&http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}})
}

func askHTTP1() error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	return ask(&http.Client{Transport: transport})
}
