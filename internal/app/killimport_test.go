package app_test

import (
	"bytes"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/source/registry"
)

// killedPeople are more than one chunk, which are written together.
const killedPeople = 20_000

// importPeople is a file of people that somebody sent and began. In the end the registry holds
// each of them once, and the file is gone.
func (h *shop) importPeople() killed {
	ctx := h.t.Context()
	var file bytes.Buffer
	must(h.t, registry.WritePeople(&file, killedPeople, 9))
	i, err := h.house.Imports.Receive(ctx, "zhang", "people.csv", &file)
	must(h.t, err)
	_, err = h.house.Imports.Begin(ctx, "zhang", i.ID, true)
	must(h.t, err)
	return killed{kind: quartet.JobRegistryImport, key: i.ID, stands: func(n *app.House) {
		now, err := n.Imports.Find(h.t.Context(), i.ID)
		if err != nil || now.State != quartet.ImportDone || now.Rows != killedPeople || now.Loaded+now.Damaged != killedPeople {
			h.t.Errorf("the import is %+v, %v", now, err)
		}
		if s, err := n.Imports.Stat(h.t.Context()); err != nil || s.Records != now.Loaded || s.Generation != now.Generation || s.Unfinished != 0 {
			h.t.Errorf("the registry holds %+v, %v", s, err)
		}
		if _, err := n.Store.RegistryPart(h.t.Context(), i.ID, 0); quartet.CodeOf(err) != quartet.ErrNotFound {
			h.t.Errorf("the file is not erased: %v", err)
		}
	}}
}
