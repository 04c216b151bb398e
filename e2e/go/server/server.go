// Package server runs the binary under test for one package of tests: on free ports, with a fresh data folder.
package server

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What every client is given.
const (
	AccessKeyID     = "e2ekey"
	AccessKeySecret = "e2e-secret-0123456789"
	Region          = "cn-hangzhou"
)

const (
	startTimeout = 90 * time.Second
	stopTimeout  = 90 * time.Second
)

var number atomic.Int64

// Server is a running `coho serve`.
type Server struct {
	// Endpoint and Admin are addresses such as http://127.0.0.1:PORT.
	Endpoint, Admin string
	command         *exec.Cmd
	work            string
}

// Main starts a server, keeps it in `server` for the tests of a package, runs them and stops it.
func Main(m *testing.M, server **Server) int {
	started, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*server = started
	code := m.Run()
	if err := started.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// BucketName is a name that no other test of this process has.
func BucketName() string {
	return fmt.Sprintf("e2e-go-%d-%d", os.Getpid(), number.Add(1))
}

// HostEndpoints are endpoints whose buckets are names of hosts: below the server's base domain, and as Alibaba Cloud has them.
func (s *Server) HostEndpoints() []string {
	port := s.Endpoint[strings.LastIndex(s.Endpoint, ":"):]
	return []string{"http://oss.localhost" + port, "http://oss-" + Region + ".aliyuncs.com"}
}

// Redirected is an HTTP client that connects to the server whatever the name of the host, as a program whose names are resolved otherwise.
func (s *Server) Redirected() *http.Client {
	address := strings.TrimPrefix(s.Endpoint, "http://")
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// Application is called back after uploads: it answers with what it was sent, and with 500 below /broken.
func Application() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		text, _ := json.Marshal(map[string]string{"received": string(body)})
		answer.Header().Set("Content-Length", strconv.Itoa(len(text)))
		if request.URL.Path == "/broken" {
			answer.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = answer.Write(text)
	}))
}

// Callback asks for a call of this URL; its variable is x:user.
func Callback(url string) (callback, variables string) {
	asked, _ := json.Marshal(map[string]string{"callbackUrl": url, "callbackBody": "object=${object}&size=${size}&user=${x:user}"})
	named, _ := json.Marshal(map[string]string{"x:user": "me"})
	return base64.StdEncoding.EncodeToString(asked), base64.StdEncoding.EncodeToString(named)
}

// TemporaryKey is a key that has a security token, and lasts for an hour.
type TemporaryKey struct{ ID, Secret, Token string }

// NewTemporaryKey makes one through the admin address.
func (s *Server) NewTemporaryKey() (TemporaryKey, error) {
	var admin struct{ Token string }
	document, err := os.ReadFile(filepath.Join(s.work, "data", "admin.json"))
	if err == nil {
		err = json.Unmarshal(document, &admin)
	}
	if err != nil {
		return TemporaryKey{}, err
	}
	request, err := http.NewRequest("POST", s.Admin+"/v1/access-keys", strings.NewReader(`{"expires_seconds": 3600}`))
	if err != nil {
		return TemporaryKey{}, err
	}
	request.Header.Set("Authorization", "Bearer "+admin.Token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return TemporaryKey{}, err
	}
	defer answer.Body.Close()
	var issued struct {
		Key    struct{ ID string }
		Secret string
		Token  string `json:"security_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&issued); err != nil || issued.Token == "" {
		return TemporaryKey{}, fmt.Errorf("no temporary key: %s (%w)", answer.Status, err)
	}
	return TemporaryKey{issued.Key.ID, issued.Secret, issued.Token}, nil
}

func binary() string {
	if named := os.Getenv("COHO_BINARY"); named != "" {
		return named
	}
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "../../../target/checked/coho")
}

func start() (*Server, error) {
	work, err := os.MkdirTemp("", "coho-e2e-")
	if err != nil {
		return nil, err
	}
	server := &Server{work: work}
	if err := server.run(); err != nil {
		logged, _ := os.ReadFile(server.logFile())
		_ = os.RemoveAll(work)
		return nil, fmt.Errorf("coho did not start: %w\n%s", err, logged)
	}
	return server, nil
}

func (s *Server) logFile() string { return filepath.Join(s.work, "stderr.log") }

func (s *Server) run() error {
	log, err := os.Create(s.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	s.command = exec.Command(binary(), "serve", "--data-dir", filepath.Join(s.work, "data"),
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--console-listen", "off",
		"--origin-allow", "127.0.0.0/8", "--callback-allow", "127.0.0.0/8")
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "COHO_") {
			s.command.Env = append(s.command.Env, pair)
		}
	}
	s.command.Env = append(s.command.Env, "COHO_ACCESS_KEY_ID="+AccessKeyID, "COHO_ACCESS_KEY_SECRET="+AccessKeySecret)
	s.command.Stderr = log
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.command.Start(); err != nil {
		return err
	}
	ready := make(chan error, 1)
	go func() { ready <- s.readAddresses(stdout) }()
	select {
	case err = <-ready:
	case <-time.After(startTimeout):
		err = errors.New("timeout")
	}
	if err != nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	}
	return err
}

// readAddresses reads what the server prints until it is ready.
func (s *Server) readAddresses(stdout io.Reader) error {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 1 && words[0] == "ready":
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return nil
		case len(words) == 2 && words[0] == "endpoint":
			s.Endpoint = words[1]
		case len(words) == 2 && words[0] == "admin":
			s.Admin = words[1]
		}
	}
	return fmt.Errorf("it ended before it was ready (%w)", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}

func (s *Server) stop() error {
	recorded := s.recordAnswers()
	_ = s.command.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- s.command.Wait() }()
	var err error
	select {
	case err = <-ended:
	case <-time.After(stopTimeout):
		_ = s.command.Process.Kill()
		err = errors.New("the server did not stop in time")
	}
	logged, _ := os.ReadFile(s.logFile())
	if err == nil && strings.Contains(string(logged), "panicked") {
		err = errors.New("the server panicked")
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, logged)
	}
	return errors.Join(recorded, err, os.RemoveAll(s.work))
}

// recordAnswers appends the server's counts of answers by operation to the file that COHO_E2E_ANSWERS names.
func (s *Server) recordAnswers() error {
	name := os.Getenv("COHO_E2E_ANSWERS")
	if name == "" {
		return nil
	}
	answer, err := http.Get(s.Admin + "/-/metrics")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var counts strings.Builder
	for _, line := range strings.Split(string(page), "\n") {
		if strings.HasPrefix(line, "coho_http_requests_total{") {
			counts.WriteString(line + "\n")
		}
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(counts.String())
	return errors.Join(err, file.Close())
}
