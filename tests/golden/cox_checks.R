# Golden numbers of checks after a Cox fit: baseline, survival, concordance, cox.zph, residuals.
# Run: Rscript tests/golden/cox_checks.R <datasets folder inside lifelines>
library(survival)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
shipped <- commandArgs(trailingOnly = TRUE)[1]
rossi <- read.csv(file.path(shipped, "rossi.csv"))
spells <- read.csv(file.path(here, "data", "spells.csv"))
tight <- coxph.control(eps = 1e-11, iter.max = 50, timefix = FALSE)
golden <- NULL

add <- function(model, quantity, term, place, value) {
  golden <<- rbind(golden, data.frame(
    model, quantity, term, place, value = sprintf("%.15g", value)))
}

models <- list(
  rossi = coxph(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio, rossi,
                control = tight, x = TRUE),
  rossi_breslow = coxph(Surv(week, arrest) ~ fin + age + prio, rossi, ties = "breslow",
                        control = tight, x = TRUE),
  spells = coxph(Surv(start, stop, event) ~ in_care + need + group + strata(area, cohort), spells,
                 control = tight, x = TRUE),
  spells_breslow = coxph(Surv(start, stop, event) ~ in_care + need + group + strata(area), spells,
                         ties = "breslow", control = tight, x = TRUE),
  spells_weights = coxph(Surv(start, stop, event) ~ in_care + need + group, spells,
                         weights = weight, cluster = child, control = tight, x = TRUE)
)
for (model in names(models)) {
  fit <- models[[model]]
  is_spells <- grepl("spells", model)
  for (transform in c("km", "identity", "rank", "log")) {
    test <- cox.zph(fit, transform = transform)$table
    add(model, paste0("ph_test_", transform), rownames(test), 0, test[, "chisq"])
  }
  # concordance() forgets the clusters of an evaluated fit unless they are given.
  pairs <- if (model == "spells_weights") concordance(fit, cluster = spells$child) else concordance(fit)
  add(model, "concordance", "", 0, pairs$concordance)
  add(model, "concordance_error", "", 0, sqrt(pairs$var))
  count <- if (is.matrix(pairs$count)) colSums(pairs$count) else pairs$count
  add(model, "concordant", "", 0, count["concordant"])
  add(model, "tied", "", 0, count["tied.x"])
  rows <- seq(1, fit$n, by = 13)
  for (kind in c("martingale", "deviance")) {
    add(model, kind, "", rows - 1, unname(residuals(fit, type = kind))[rows])
  }
  for (kind in c("score", "dfbeta")) {
    values <- residuals(fit, type = kind)
    for (j in seq_along(coef(fit))) add(model, kind, names(coef(fit))[j], rows - 1, values[rows, j])
  }
  for (kind in c("schoenfeld", "scaledsch")) {
    values <- residuals(fit, type = kind)
    some <- seq(1, nrow(values), by = 5)
    for (j in seq_along(coef(fit))) {
      add(model, kind, names(coef(fit))[j], some - 1, unname(values[some, j]))
    }
  }
}
at_zero <- list(
  rossi = data.frame(fin = 0, age = 0, race = 0, wexp = 0, mar = 0, paro = 0, prio = 0),
  rossi_breslow = data.frame(fin = 0, age = 0, prio = 0)
)
for (model in names(at_zero)) {
  curve <- survfit(models[[model]], newdata = at_zero[[model]])
  events <- curve$n.event > 0
  add(model, "hazard", "", curve$time[events], curve$cumhaz[events])
  add(model, "hazard_error", "", curve$time[events], curve$std.chaz[events])
}
new <- spells[c(1, 40, 200), ]
for (model in c("spells", "spells_breslow", "spells_weights")) {
  for (i in 1:3) {
    curve <- survfit(models[[model]], newdata = new[i, ])
    seen <- summary(curve, times = c(3, 6, 9), extend = TRUE)
    add(model, "survival", i - 1, c(3, 6, 9), seen$surv)
    add(model, "survival_error", i - 1, c(3, 6, 9), seen$std.err)
    add(model, "survival_lower", i - 1, c(3, 6, 9), seen$lower)
  }
}
golden$versions <- sprintf("R %s; survival %s", getRversion(), packageVersion("survival"))
write.csv(golden, file.path(here, "cox_checks.csv"), row.names = FALSE, quote = TRUE)
