package registry

import "context"

// Stat is what a registry holds.
type Stat struct {
	Generation int64   `json:"generation"` // 0: nothing is in force yet
	Key        string  `json:"key"`
	Records    int64   `json:"records"`
	Bytes      int64   `json:"bytes"` // on disk; 0 when the engine cannot say
	BytesEach  float64 `json:"bytes_each"`
	// An import that was cut off and would go on: its generation (which may be the one
	// in force) and how many rows it has done.
	Unfinished     int64 `json:"unfinished,omitempty"`
	UnfinishedRows int64 `json:"unfinished_rows,omitempty"`
}

// Stat counts the active generation. It reads it whole, which takes seconds for ten
// million records.
func (r *Registry) Stat(ctx context.Context) (Stat, error) {
	var s Stat
	generations, err := r.backend.RegistryGenerations(ctx)
	if err != nil {
		return s, err
	}
	for _, g := range generations {
		if m, ok := readMarker(g.Marker); ok && !m.Done && m.Rows > 0 {
			s.Unfinished, s.UnfinishedRows = g.ID, m.Rows
		}
		if !g.Active {
			continue
		}
		s.Generation, s.Key = g.ID, g.Key
		if s.Records, s.Bytes, err = r.backend.RegistryStat(ctx, g.ID); err != nil {
			return s, err
		}
		if s.Records > 0 {
			s.BytesEach = float64(s.Bytes) / float64(s.Records)
		}
	}
	return s, nil
}
