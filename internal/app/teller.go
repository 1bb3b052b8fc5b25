package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/obs"
)

// storyFile says in the folder of a demo how far its invented past is told.
const storyFile = "story.json"

// chapter is how far a past is told.
type chapter struct {
	Begun time.Time `json:"begun"` // it ends before
	// Next is the step to be told next. It is written before the step is taken, so that each is
	// taken once at the most: a process that is killed in the middle of one leaves it out, and
	// what it did of it are whole transactions.
	Next int  `json:"next"`
	Done bool `json:"done"`
}

// teller tells a demo its invented past, once, beside the calls that it answers.
type teller struct {
	file  string
	asked chan struct{} // closed when it may begin
	once  sync.Once
	open  atomic.Bool // something is left to be told

	// step is held while a step is told: jobs that it asks for wait until it is whole, or an
	// order of the past would be closed before it is paid.
	step sync.Mutex
	at   chapter
}

// openStory reads how far the past of the folder is told. Only a demo whose database lies in
// its folder has one: nobody else closes days there meanwhile.
func (a *App) openStory() error {
	if !a.demo || a.Config.Store != "" {
		return nil
	}
	t := &teller{file: filepath.Join(a.Config.Data, storyFile), asked: make(chan struct{})}
	data, err := os.ReadFile(t.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(data, &t.at); err != nil {
			return quartet.Errorf(quartet.ErrInvalid, "%s cannot be read; remove it, and the demo goes on without the rest of its past", t.file)
		}
		t.open.Store(!t.at.Done)
	}
	a.story = t
	a.working = patient{a.working, &t.step}
	return nil
}

// patient lets jobs be taken between two steps of a story.
type patient struct {
	job.Store

	step *sync.Mutex
}

// ClaimJobs implements job.Store.
func (p patient) ClaimJobs(ctx context.Context, kinds []string, now, lease time.Time, limit int) ([]quartet.Job, error) {
	p.step.Lock()
	defer p.step.Unlock()
	return p.Store.ClaimJobs(ctx, kinds, now, lease, limit)
}

// untold reports whether days of the past are still being written.
func (t *teller) untold() bool { return t != nil && t.open.Load() }

// write keeps how far it is told. It outlives the process; what a machine that loses its power
// forgets of it is told twice, which is odd to look at and no fault of the books.
func (t *teller) write() error {
	data, err := json.Marshal(t.at)
	if err != nil {
		return err
	}
	if err := os.WriteFile(t.file+".new", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(t.file+".new", t.file)
}

// BeginStory lets a folder that is new have a past, which TellStory tells.
func (a *App) BeginStory() error {
	if a.story == nil {
		return nil
	}
	a.story.at = chapter{Begun: a.Now()}
	if err := a.story.write(); err != nil {
		return err
	}
	a.story.open.Store(true)
	return nil
}

// HasStory reports whether this folder has an invented past, told or not.
func (a *App) HasStory() bool { return a.story != nil && !a.story.at.Begun.IsZero() }

// StoryTold reports whether nothing of an invented past is left to be told.
func (a *App) StoryTold() bool { return !a.story.untold() }

// TellStory lets the past be told, as far as it is not told yet. It returns at once.
func (a *App) TellStory() {
	if a.story != nil {
		a.story.once.Do(func() { close(a.story.asked) })
	}
}

// startStory waits until the story may be told, and tells it.
func (a *App) startStory(ctx context.Context) {
	if a.story == nil {
		return
	}
	a.jobs.Go(func() {
		select {
		case <-ctx.Done():
			return
		case <-a.story.asked:
		}
		if !a.story.untold() {
			return
		}
		begun := time.Now()
		calls, err := a.tell(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			a.Log.Error("the demo's invented past was not told to its end; the next start goes on", obs.Err(err))
		default:
			a.Log.Info("演示数据已就绪: the demo's invented past is ready to look at", "calls", calls, "took", time.Since(begun).Round(time.Millisecond).String())
		}
	})
}

// storyPause is how long calls have the store to themselves between two steps.
const storyPause = 4 * time.Millisecond

// tell tells all steps that are left, and gives how many calls it wrote. A step that fails is
// left out: the story is there to be looked at, and nothing depends on it.
func (a *App) tell(ctx context.Context) (calls int, err error) {
	n, err := a.newNarrator(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	t := a.story
	steps := n.steps()
	for t.at.Next < len(steps) {
		s := steps[t.at.Next]
		t.at.Next++
		if err := t.write(); err != nil {
			return n.written, err
		}
		t.step.Lock()
		n.clock.set(s.at)
		err := errors.Join(s.tell(ctx), n.chores(ctx))
		t.step.Unlock()
		if ctx.Err() != nil {
			return n.written, ctx.Err()
		}
		if err != nil {
			a.Log.Warn("a step of the demo's invented past was left out: "+s.what, obs.Err(err))
		}
		wait(ctx, storyPause)
	}
	if err := n.end(ctx); err != nil {
		return n.written, err
	}
	t.at.Done = true
	t.open.Store(false)
	return n.written, t.write()
}
