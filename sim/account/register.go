package account

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"
)

// Bounds of what registering may cost.
const (
	// workers is how many calls are under way at a time.
	workers = 8
	// tries is how often a call is made that fails on its way, or is answered as busy;
	// between two of them firstTry is waited, then twice as long each time.
	tries    = 5
	firstTry = 250 * time.Millisecond
	// patience is how long an API may answer nothing but 416 before it is believed.
	patience = 5 * time.Minute
)

// Progress is how far it is.
type Progress struct {
	Done  int // Accounts that are registered, those of earlier runs included.
	Total int
	Slow  bool // The API said 416 since the last time.
}

// Register registers accounts whose names are given by their numbers, below count, and
// returns their tokens. What the state holds is not asked for again, and what was
// registered stands in it even where an error ends it; an account that the API has already
// gets a new token. tell, when it is not nil, hears of each account, one at a time.
//
// The error of one account ends all. A context that ends is one.
func (c *Client) Register(ctx context.Context, state *State, count int, name func(i uint32) string, tell func(Progress)) ([]string, error) {
	tokens := make([]string, count)
	var missing []int
	for i := range count {
		var ok bool
		if tokens[i], ok = state.Token(name(uint32(i))); !ok {
			missing = append(missing, i)
		}
	}
	j := job{total: count, done: count - len(missing), tell: tell, good: time.Now()}
	err := c.each(ctx, &j, missing, func(ctx context.Context, i int) error {
		who := name(uint32(i))
		token, err := c.register(ctx, &j, who)
		if err != nil {
			return err
		}
		if err := state.keep(who, token); err != nil {
			return err
		}
		tokens[i] = token
		return nil
	})
	return tokens, err
}

// Block blocks accounts; with kick their sessions end. See Register for tell.
func (c *Client) Block(ctx context.Context, count int, name func(i uint32) string, kick bool, tell func(Progress)) error {
	form := url.Values{}
	if kick {
		form.Set("needkick", "true")
	}
	return c.all(ctx, block, count, name, form, tell)
}

// Unblock takes Block back.
func (c *Client) Unblock(ctx context.Context, count int, name func(i uint32) string, tell func(Progress)) error {
	return c.all(ctx, unblock, count, name, url.Values{}, tell)
}

// all carries one action out for accounts.
func (c *Client) all(ctx context.Context, do action, count int, name func(i uint32) string, form url.Values, tell func(Progress)) error {
	every := make([]int, count)
	for i := range every {
		every[i] = i
	}
	j := job{total: count, tell: tell, good: time.Now()}
	return c.each(ctx, &j, every, func(ctx context.Context, i int) error {
		who := url.Values{"accid": {name(uint32(i))}}
		for key, values := range form {
			who[key] = values
		}
		a, err := c.call(ctx, &j, do, who)
		if err == nil && a.code != codeOK {
			err = c.refused(do, who.Get("accid"), a)
		}
		return err
	})
}

// job is one action for many accounts.
type job struct {
	total int
	tell  func(Progress)

	mu   sync.Mutex
	done int
	slow bool
	good time.Time // When something but 416 was answered last.
}

// each does something for accounts, a few at a time, until the first error.
func (c *Client) each(ctx context.Context, j *job, all []int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(all)) {
		wg.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
					return
				}
				j.told()
			}
		})
	}
feeding:
	for _, i := range all {
		select {
		case next <- i:
		case <-ctx.Done():
			break feeding
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// told notes that one account is done.
func (j *job) told() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done++
	if j.tell != nil {
		j.tell(Progress{Done: j.done, Total: j.total, Slow: j.slow})
	}
	j.slow = false
}

// register makes an account, or a new token for one that is there.
func (c *Client) register(ctx context.Context, j *job, name string) (token string, err error) {
	form := url.Values{"accid": {name}}
	a, err := c.call(ctx, j, create, form)
	if err != nil {
		return "", err
	}
	if a.code == codeBadParameter {
		// It is registered already, unless it is we who are not known: that the API
		// says to a second call, too, while this one it can answer.
		if a, err = c.call(ctx, j, refresh, form); err != nil {
			return "", err
		}
	}
	switch {
	case a.code != codeOK:
		return "", c.refused(create, name, a)
	case a.token == "":
		return "", fmt.Errorf("ask %s: account %s has no token in the answer", c.conf.URL, name)
	}
	return a.token, nil
}

// refused is the error of an account that the API did not take.
func (c *Client) refused(do action, name string, a answer) error {
	err := fmt.Errorf("ask %s%s: account %s was refused with %d", c.conf.URL, do, name, a.code)
	if a.code != codeBadParameter {
		return err
	}
	if a.skew > skewNamed || a.skew < -skewNamed {
		return fmt.Errorf("%w: a CheckSum is good for 5 minutes, and its clock is %v from ours", err, a.skew.Round(time.Second))
	}
	return fmt.Errorf("%w: appKey and appSecret are not this API's, or it does not take the name", err)
}

// skewNamed is from where on a difference of clocks may be the cause. An instant of HTTP
// counts whole seconds, and its way takes a while.
const skewNamed = 4 * time.Minute

// call makes a call until it is answered with something but "too often" and "busy".
func (c *Client) call(ctx context.Context, j *job, do action, form url.Values) (answer, error) {
	failed := 0
	for {
		if err := c.pace.turn(ctx); err != nil {
			return answer{}, err
		}
		begun := time.Now()
		a, err := c.ask(ctx, do, form)
		switch {
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case err == nil && a.code == codeTooOften:
			if j.often() > c.often {
				return answer{}, fmt.Errorf("ask %s%s: refused with 416 for %v: lower rate under target.accounts.register", c.conf.URL, do, c.often)
			}
			c.pace.slow(begun, a.after)
			continue
		case err == nil && !busy(a.code):
			j.answered()
			c.pace.good()
			return a, nil
		case err == nil:
			err = fmt.Errorf("answered with %d", a.code)
		}
		if failed++; failed == tries {
			return answer{}, fmt.Errorf("ask %s%s: %w (tried %d times)", c.conf.URL, do, err, tries)
		}
		if err := sleep(ctx, max(a.after, c.again<<(failed-1))); err != nil {
			return answer{}, err
		}
	}
}

// busy reports whether a code says to come back later. Spec section 5.
func busy(code int) bool { return code >= 500 && code < 600 || code == 408 || code == 449 }

// often notes a 416 and returns for how long nothing else was heard.
func (j *job) often() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.slow = true
	return time.Since(j.good)
}

func (j *job) answered() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.good = time.Now()
}

// Interrupted reports whether an error of Register is the end of its context.
func Interrupted(err error) bool { return errors.Is(err, context.Canceled) }
