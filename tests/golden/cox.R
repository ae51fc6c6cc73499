# Golden numbers of Cox models. Run: Rscript tests/golden/cox.R <datasets folder inside lifelines>
library(survival)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
shipped <- commandArgs(trailingOnly = TRUE)[1]
rossi <- read.csv(file.path(shipped, "rossi.csv"))
heart <- read.csv(file.path(shipped, "stanford_heart.csv"))
spells <- read.csv(file.path(here, "data", "spells.csv"))
versions <- sprintf("R %s; survival %s", getRversion(), packageVersion("survival"))
tight <- coxph.control(eps = 1e-11, iter.max = 50, timefix = FALSE)
golden <- NULL

keep <- function(model, fit) {
  add <- function(quantity, term, value) {
    golden <<- rbind(golden, data.frame(model, quantity, term, value = sprintf("%.15g", value)))
  }
  robust <- !is.null(fit$naive.var)
  add("estimate", names(coef(fit)), coef(fit))
  add("std_error", names(coef(fit)), sqrt(diag(if (robust) fit$naive.var else fit$var)))
  if (robust) add("robust_std_error", names(coef(fit)), sqrt(diag(fit$var)))
  add("log_likelihood_null", "", fit$loglik[1])
  add("log_likelihood", "", fit$loglik[2])
}

r <- Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio
keep("rossi_efron", coxph(r, rossi, control = tight))
keep("rossi_breslow", coxph(r, rossi, ties = "breslow", control = tight))
keep("rossi_strata_race", coxph(update(r, . ~ . - race + strata(race)), rossi, control = tight))
keep("rossi_robust_row", coxph(r, rossi, cluster = seq_len(nrow(rossi)), control = tight))
keep("rossi_robust_week", coxph(r, rossi, cluster = week, control = tight))

h <- Surv(start, stop, event) ~ age + year + surgery + transplant
keep("heart_efron", coxph(h, heart, cluster = id, control = tight))
keep("heart_breslow", coxph(h, heart, ties = "breslow", control = tight))
keep("heart_strata", coxph(update(h, . ~ . - surgery + strata(surgery)), heart, control = tight))

s <- Surv(start, stop, event) ~ in_care + need + group
strata <- update(s, . ~ . + strata(area, cohort))
for (ties in c("efron", "breslow")) {
  fit <- function(formula, ...) do.call(coxph, list(formula, spells, ties = ties, control = tight, ...))
  keep(paste0("spells_", ties), fit(s))
  keep(paste0("spells_child_", ties), fit(s, cluster = spells$child))
  keep(paste0("spells_strata_", ties), fit(strata, cluster = spells$cluster))
  keep(paste0("spells_weights_", ties), fit(strata, cluster = spells$child, weights = spells$weight))
  keep(paste0("spells_copies_", ties), fit(strata, weights = spells$copies))
}
keep("spells_offset", coxph(update(s, . ~ . - need + offset(0.5 * need)), spells, control = tight))
keep("spells_cluster_two", coxph(s, spells, cluster = paste(area, cluster), control = tight))
golden$versions <- versions
write.csv(golden, file.path(here, "cox.csv"), row.names = FALSE, quote = TRUE)
