package console

import (
	"bytes"
	"net/http"
)

// maxTicketFile is what the API takes of a file.
const maxTicketFile = 10 << 20

// attachToTicket sends a file of a form on to the API, for browsers without scripts: with them
// it goes there straight.
func (c *Console) attachToTicket(w http.ResponseWriter, r *http.Request) {
	v := c.newVisit(w, r)
	if to := v.door(); to != "" {
		v.redirect(to)
		return
	}
	c.attachTo(v, v.ticket("/files"), func() string { return v.atTicket("") }, c.ticketPage)
}

// attachAsSupport is the same for whoever answers.
func (c *Console) attachAsSupport(w http.ResponseWriter, r *http.Request) {
	v := c.newVisit(w, r)
	if to := v.houseDoor(); to != "" {
		v.redirect(to)
		return
	}
	c.attachTo(v, v.pathIn("/tickets", "ticket")+"/files", func() string { return v.atHouseTicket("") }, c.houseTicketPage)
}

func (c *Console) attachTo(v *visit, path string, at func() string, again show) {
	err := v.attach(path)
	problem := problemOf(err)
	switch {
	case err == nil:
		v.redirect(at())
	case problem != nil && shownInForm(problem):
		v.form.Values.Set("file", "")
		v.form.refuse(v, problem)
		c.answer(v, problem.Status, again)
	default:
		c.refused(v, err)
	}
}

func (v *visit) attach(path string) error {
	file, content, err := v.fileOf("file", maxTicketFile+maxForm, []string{"id", "back"}, "a file has at most 10 MiB")
	if err != nil {
		return err
	}
	at := query(path, "id", v.value("id"), "name", file.FileName())
	return v.send(http.MethodPost, at, "application/octet-stream", bytes.NewReader(content), nil)
}
