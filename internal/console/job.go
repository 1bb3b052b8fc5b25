package console

import "time"

const jobsPath = "/house/jobs"

func (c *Console) jobRoutes() {
	c.housed("GET "+jobsPath, c.jobsPage)
	c.form("POST "+jobsPath+"/restart", c.restartJob, c.jobsPage)
}

// houseJob is a piece of work of the house.
type houseJob struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Key       string    `json:"key"`
	State     string    `json:"state"`
	Tries     int       `json:"tries"`
	NextAt    time.Time `json:"next_at"`
	Error     string    `json:"error"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at"`
}

var jobStates = []choice{{Value: "dead", Label: "待人工处理"}, {Value: "waiting", Label: "等待中"}, {Value: "running", Label: "执行中"}, {Value: "done", Label: "已完成"}}

// Words are its state.
func (j houseJob) Words() string { return labelIn(jobStates, j.State) }

// Colour is that of its badge.
func (j houseJob) Colour() string {
	return map[string]string{"dead": "red", "waiting": "yellow", "running": "blue", "done": "green"}[j.State]
}

// JobsPage lists the work of the house.
type JobsPage struct {
	Jobs     []houseJob
	State    string
	Next     string
	Restarts bool // whoever looks may let a dead one be tried anew
	Done     string
}

func (JobsPage) template() string { return "housejobs" }
func (JobsPage) title() string    { return "任务" }

// States are the filters.
func (p JobsPage) States() []choice { return chosenOf(jobStates, p.State) }

func (c *Console) jobsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := JobsPage{State: q.Get("state"), Restarts: v.who().May("job.restart")}
	if q.Get("done") == "restart" {
		p.Done = "已重新排队"
	}
	if labelOf(jobStates, p.State) == "" {
		p.State = ""
	}
	var jobs list[houseJob]
	if err := v.get(query("/jobs", "state", p.State, "after", q.Get("after"), "limit", "50"), &jobs); err != nil {
		return nil, err
	}
	p.Jobs = jobs.Items
	if jobs.Next != "" {
		p.Next = query(jobsPath, "state", p.State, "after", jobs.Next)
	}
	return p, nil
}

func (c *Console) restartJob(v *visit) (string, error) {
	return query(jobsPath, "done", "restart"), v.post(pathTo("/jobs/", v.value("job"))+"/restart", nil, nil)
}

func jobPreviews() []preview {
	at := previewNow
	jobs := []houseJob{
		{ID: "01a2185d-8c44-79cc-ba56-76d8e6392619", Kind: "invoice.issue", Key: "202603026351794194", State: "dead", Tries: 25, Error: "the house must sign in at the tax bureau", CreatedAt: at.Add(-26 * time.Hour)},
		{ID: "01a2185d-8c44-79cc-ba56-76d8e6392620", Kind: "refund.send", Key: "r7", State: "waiting", Tries: 2, NextAt: at.Add(time.Minute), CreatedAt: at.Add(-time.Hour)},
		{ID: "01a2185d-8c44-79cc-ba56-76d8e6392621", Kind: "message.send", Key: "m8", State: "done", Tries: 1, CreatedAt: at.Add(-2 * time.Hour), EndedAt: at.Add(-2 * time.Hour)},
	}
	return []preview{
		{name: "house-jobs", path: jobsPath, page: JobsPage{Jobs: jobs, Restarts: true}},
		{name: "house-jobs-empty", path: jobsPath, page: JobsPage{State: "dead"}},
	}
}
