# Golden numbers of multilevel models of every family.
# Run: Rscript tests/golden/mixed.R
suppressMessages({library(lme4); library(glmmTMB)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "schools.csv"))
versions <- sprintf("R %s; lme4 %s; glmmTMB %s", getRversion(), packageVersion("lme4"), packageVersion("glmmTMB"))
golden <- NULL
keep <- function(model, fit, with_effects = TRUE) {
  tmb <- inherits(fit, "glmmTMB")
  add <- function(quantity, term, value) {
    golden <<- rbind(golden, data.frame(model, quantity, term, value = sprintf("%.15g", value)))
  }
  fixed <- if (tmb) fixef(fit)$cond else fixef(fit)
  errors <- if (tmb) vcov(fit)$cond else as.matrix(vcov(fit))
  add("estimate", names(fixed), fixed)
  add("std_error", names(fixed), sqrt(diag(errors)))
  varied <- if (tmb) VarCorr(fit)$cond else VarCorr(fit)
  for (group in names(varied)) {
    v <- varied[[group]]
    add("variance", paste(group, rownames(v)), diag(as.matrix(v)))
    if (nrow(v) > 1) add("covariance", group, v[2, 1])
  }
  if (inherits(fit, "lmerMod")) add("variance", "residual ", sigma(fit)^2)
  if (tmb && family(fit)$family == "nbinom2") add("theta", "", sigma(fit))
  add("log_likelihood", "", as.numeric(logLik(fit)))
  if (!tmb && with_effects) {
    effects <- as.data.frame(ranef(fit))
    effects <- effects[as.integer(as.character(effects$grp)) < 10, ]
    add("effect", paste(effects$grpvar, effects$term, effects$grp), effects$condval)
    add("effect_std_error", paste(effects$grpvar, effects$term, effects$grp), effects$condsd)
  }
}
exact <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE)
nested <- score ~ sex + need + idaci + (1 + idaci | area) + (1 | school)
keep("gaussian_reml", lmer(nested, d, control = exact))
keep("gaussian_ml", lmer(nested, d, REML = FALSE, control = exact))
keep("gaussian_weighted", lmer(nested, d, weights = weight, control = exact))
keep("gaussian_crossed", lmer(score ~ sex + idaci + (1 | school) + (1 | primary), d, control = exact))
keep("gaussian_three", lmer(score ~ sex + idaci + (1 + idaci | area) + (1 | school) + (1 | primary), d, control = exact))
tight <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
keep("binomial", glmer(outcome ~ sex + need + idaci + (1 + idaci | area) + (1 | school), d, binomial, control = tight))
keep("binomial_crossed", glmer(outcome ~ sex + (1 | school) + (1 | primary), d, binomial, control = tight))
keep("binomial_tmb", glmmTMB(outcome ~ sex + need + idaci + (1 + idaci | area) + (1 | school), d, binomial))
keep("cloglog_tmb", glmmTMB(outcome ~ sex + need + (1 | school), d, binomial("cloglog")))
# The log-likelihood of glmer's quadrature leaves out the saturated one, which is zero for 0 and 1.
keep("quadrature", glmer(outcome ~ sex + idaci + (1 | school), d, binomial, nAGQ = 9, control = tight))
keep("poisson", glmer(visits ~ sex + idaci + offset(log(years)) + (1 | area) + (1 | school), d, poisson, control = tight))
keep("poisson_tmb", glmmTMB(visits ~ sex + idaci + offset(log(years)) + (1 | area) + (1 | school), d, poisson))
keep("negative_binomial_tmb", glmmTMB(contacts ~ sex + need + idaci + offset(log(years)) + (1 + idaci | area) + (1 | school), d, nbinom2))
small <- read.csv(file.path(here, "data", "small_schools.csv"))
keep("small_schools_tmb", glmmTMB(outcome ~ meals + sex + (1 | area) + (1 | school), small, binomial))
golden$versions <- versions
write.csv(golden, file.path(here, "mixed.csv"), row.names = FALSE, quote = TRUE)
