package web

import (
	"time"

	"quartet"
)

// Event is the one wide record of an answer with a seqNo, filled on the way and logged
// once at its end. It holds nothing of the person asked about and no secret. It is
// valid only during the call that hands it over.
type Event struct {
	Time       time.Time // when the request was read
	SeqNo      string
	RequestID  string // X-Ca-Request-Id; empty for calls that did not come over HTTP
	Remote     string // the caller's address; empty likewise
	Account    string // empty: the caller was not recognised
	Credential string
	Product    string
	Code       quartet.Code
	Verdict    quartet.Verdict
	Reason     quartet.Reason
	Charged    int64
	Grant      string
	Source     string
	Latency    time.Duration
	Replayed   bool // the answer of an earlier call, repeated uncharged
	Reused     bool // the verdict of an earlier call, given again and charged
}

// Logger takes what the road has to tell. Safe for concurrent use.
type Logger interface {
	// Call logs one event. It must not keep e.
	Call(e *Event)
	// Fault logs an unexpected fault. The reference is the seqNo its caller was given;
	// what names the fault and holds no element.
	Fault(reference, what string, stack []byte)
}

// Metrics counts. Safe for concurrent use.
type Metrics interface {
	// Call counts an answer with a seqNo.
	Call(code quartet.Code, units int64, took time.Duration)
	// Gateway counts a gateway answer by its code.
	Gateway(code string)
}
