package console

// tellingPreviews are the pages of announcements, each as it stands at the time of the previews.
func tellingPreviews() []preview {
	at := previewNow
	price := telling{announced: announced{
		ID: "a2", Kind: "price", Title: "套餐价格调整", TitleEN: "New prices", Text: "自 2026 年 3 月 20 日起，1200 次套餐调整为 550 元。\n已购买的次数和有效期不变。",
		Effective: at.AddDate(0, 0, 18), Published: at.AddDate(0, 0, -1),
	}, Changes: []tellingFact{{Kind: "plan_follow", Plan: "1887-1200", Next: &planNext{"1887-1200b", "550元/1200次", 1200, 550_00, 24}}}}
	table := telling{announced: announced{ID: "a1", Kind: "charge_table", Title: "计费调整", Text: "异常结果开始计费。", Effective: at.AddDate(0, -1, 0), Published: at.AddDate(0, -2, 0)}, Applied: at.AddDate(0, -1, 0), Changes: []tellingFact{{Kind: "charge_table", Product: "1887", Units: &unitCharge{1, 1, 1}}}}
	gone := price
	gone.ID, gone.Withdrawn = "a0", at
	plans := previewHousePlans()
	products := []choice{{Value: "1887", Label: "银行卡四要素核验", Chosen: true}}
	sold := previewProduct()
	fields := []kept{{"kind", "price"}, {"title", price.Title}}
	return []preview{
		{name: "house-announcements", path: houseAnnouncementsPath, page: HouseAnnouncementsPage{Items: []telling{price, gone, table}, Runs: true, Now: at}},
		{name: "house-announcements-empty", path: houseAnnouncementsPath, page: HouseAnnouncementsPage{Runs: true, Now: at}},
		{name: "house-announcement", path: price.House(), page: HouseAnnouncementPage{Of: price, Runs: true, Now: at, Names: previewProducts(), Done: "公告已发布，相关买家会收到通知"}},
		{name: "house-announcement-charge", path: table.House(), page: HouseAnnouncementPage{Of: table, Runs: true, Now: at, Names: previewProducts()}},
		{name: "house-announcement-new", path: houseAnnouncementsPath + "/new", page: HouseAnnouncementNewPage{Kind: "other", Products: products}},
		{name: "house-announcement-price", path: houseAnnouncementsPath + "/new", page: HouseAnnouncementNewPage{Kind: "price", Plans: plans[1:4], Plan: plans[1]}, form: form{
			Values: map[string][]string{"effective_at": {"2026-03-03T00:00"}}, Faults: map[string]string{"effective_at": "变化须至少提前 7 天公告，最早 2026-03-09T12:00:00+08:00"},
		}},
		{name: "house-announcement-table", path: houseAnnouncementsPath + "/new", page: HouseAnnouncementNewPage{Kind: "charge_table", Product: "1887", Products: products, Units: unitCharge{1, 1, 0}}},
		{name: "house-announcement-preview", path: houseAnnouncementsPath, page: HouseAnnouncementPreviewPage{Announcement: price, Fields: fields, Offers: []houseOffer{{
			Product: "1887", At: price.Effective, Units: unitCharge{1, 1, 0}, Charges: []string{"一致扣 1 次"}, Plans: plans[2:4], Page: &sold,
		}}}},
	}
}
