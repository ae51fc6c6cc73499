# Curves on data that R packages ship, for machines with R: nothing of it is committed.
# Run by tests/estimators/test_public_curves.py: Rscript tests/golden/public_curves.R FOLDER
library(survival)
library(cmprsk)
out <- commandArgs(trailingOnly = TRUE)[1]
mgus <- mgus2
mgus$months <- ifelse(mgus$pstat == 0, mgus$futime, mgus$ptime)
mgus$cause <- ifelse(mgus$pstat == 0, 2 * mgus$death, 1)
columns <- c("id", "age", "sex", "months", "cause")
write.csv(mgus[columns], file.path(out, "mgus2.csv"), row.names = FALSE)
own <- lung[!is.na(lung$inst), ]
own$event <- own$status - 1
write.csv(own[c("inst", "time", "event", "sex", "age")], file.path(out, "lung_inst.csv"), row.names = FALSE)
all <- lung
all$event <- all$status - 1
write.csv(all[c("time", "event", "sex", "age")], file.path(out, "lung.csv"), row.names = FALSE)
golden <- NULL
add <- function(name, value) golden <<- rbind(golden, data.frame(name, value = sprintf("%.15g", value)))

f <- summary(survfit(Surv(time, event) ~ 1, all), times = 365)
add("km 365", f$surv)
add("km_error 365", f$std.err)
f <- summary(survfit(Surv(time, event) ~ 1, own, cluster = inst, robust = TRUE), times = c(100, 365))
add(paste("inst", c(100, 365)), f$surv)
add(paste("inst_error", c(100, 365)), f$std.err)
# On the age clock from 55: before that hardly anybody is at risk, and one death empties the set.
late <- all[all$age * 365.25 + all$time > 20088.75, ]
late$start <- pmax(late$age * 365.25, 20088.75)
f <- summary(survfit(Surv(start, age * 365.25 + time, event) ~ 1, late), times = c(22000, 25000))
add(paste("age", c(22000, 25000)), f$surv)
add(paste("age_error", c(22000, 25000)), f$std.err)
f <- summary(survfit(Surv(months, factor(cause, 0:2)) ~ 1, mgus), times = c(60, 120, 240, 360))
for (k in 1:2) {
  add(paste("aj", k, c(60, 120, 240, 360)), f$pstate[, k + 1])
  add(paste("aj_error", k, c(60, 120, 240, 360)), f$std.err[, k + 1])
}
add("one_minus_km 240", 1 - summary(survfit(Surv(months, cause == 1) ~ 1, mgus), times = 240)$surv)
add("log_rank", survdiff(Surv(time, event) ~ sex, all)$chisq)
add("gray 1", cuminc(mgus$months, mgus$cause, mgus$sex)$Tests[1, "stat"])
add("gray 2", cuminc(mgus$months, mgus$cause, mgus$sex)$Tests[2, "stat"])
f <- summary(survfit(Surv(time, event) ~ sex, all), rmean = 365)$table
for (sex in 1:2) {
  add(paste("rmst", sex), f[sex, "rmean"])
  add(paste("rmst_error", sex), f[sex, "se(rmean)"])
}
write.csv(golden, file.path(out, "golden.csv"), row.names = FALSE, quote = FALSE)
