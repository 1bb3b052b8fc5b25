package quartet

// TicketLine is what the house itself says to a ticket, of a closed set: the words are chosen
// where it is read, in the language of whoever reads it.
type TicketLine string

// The lines of the house.
const (
	LineNobodyThere TicketLine = "nobody_there" // a chat was asked for, and is a ticket from the start
	LineNobodyCame  TicketLine = "nobody_came"  // a chat became a ticket
	LineSolved      TicketLine = "solved"
	LineClosed      TicketLine = "closed"
)

// TicketLines is all of them.
func TicketLines() []TicketLine {
	return []TicketLine{LineNobodyThere, LineNobodyCame, LineSolved, LineClosed}
}

// Words are the line in Chinese, which is what people read where nobody chooses.
func (l TicketLine) Words() string {
	switch l {
	case LineNobodyThere:
		return "当前没有客服在线，您的问题已转为工单，客服会尽快回复，并以邮件通知您。"
	case LineNobodyCame:
		return "客服暂时未能回复，您的问题已转为工单，客服会尽快回复，并以邮件通知您。"
	case LineSolved:
		return "该工单已标记为解决。如仍有问题，7 天内直接回复即可重新打开。"
	case LineClosed:
		return "该工单已关闭。"
	default:
		return string(l)
	}
}
