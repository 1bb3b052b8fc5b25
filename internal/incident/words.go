package incident

// What the house says by itself. Buyers read it, so it is in their language first, and it says
// what they need: whether calls work, whether they are charged, and what is done.
var (
	found = Words{
		"我们发现该产品的部分或全部调用未能得到核验结果，正在排查。未得到结果的调用不扣次，请稍后重试。",
		"Some or all calls of this product get no verdict; we are looking into it. Calls without a verdict are not charged. Please try again later.",
	}
	gotWorse = Words{
		"目前该产品的调用均未能得到核验结果，正在排查。未得到结果的调用不扣次。",
		"No call of this product gets a verdict now; we are looking into it. Calls without a verdict are not charged.",
	}
	relapse = Words{
		"调用失败再次增多，正在继续排查。未得到结果的调用不扣次。",
		"Calls fail again; we are looking into it. Calls without a verdict are not charged.",
	}
	flows = Words{
		"调用已恢复正常，我们正在持续观察。",
		"Calls get verdicts again; we keep watching.",
	}
	quiet = Words{
		"近半小时没有新的失败，也没有新的调用可以证实恢复，我们正在持续观察。",
		"Nothing failed for half an hour, but no calls came that would prove it well; we keep watching.",
	}
	recovered = Words{
		"观察期内没有再出现异常，本次故障已恢复。",
		"Nothing was amiss while we watched; this outage is over.",
	}
	begins = Words{
		"维护按计划开始。",
		"Maintenance begins as planned.",
	}
)
